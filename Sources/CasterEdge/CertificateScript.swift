/// The Lua that nginx runs for full handshakes: it picks the certificate by the name that the client gives (SNI, RFC 6066
/// §3), and reads its file each time, so a new certificate is shown from the next handshake on, and nothing is reloaded.
///
/// What OpenSSL made of a file is kept, since OpenSSL 3.0 takes longer to make it than for the rest of a full handshake;
/// that is some 15 KB for each certificate in each worker. Certificate and key come out of one file that is replaced as a
/// whole, so no handshake sees one without the other. Where they are two files, the pair before is shown until both are of
/// the same pair.
enum CertificateScript {
    /// The PEM files of a certificate with its chain, and of its key; both may be one.
    struct Files {
        let certificate: String
        let key: String

        init(_ certificate: String, key: String? = nil) {
            self.certificate = certificate
            self.key = key ?? certificate
        }

        var lua: String { "{ \"\(certificate)\", \"\(key)\" }" }
    }

    /// Certificates that a worker keeps.
    private static let kept = 10_000

    /// - Parameters:
    ///   - hosts: what is shown for these names.
    ///   - sites: what is shown for names directly below a domain; nil if each has its own.
    ///   - folder: where any other name has a file `<name>.pem`.
    static func text(hosts: [(name: String, files: Files)], sites: (domain: String, files: Files)?, folder: String)
        -> String
    {
        """
        local ssl = require "ngx.ssl"
        local known = require("resty.lrucache").new(\(kept))
        local find, lower, open, sub = string.find, string.lower, io.open, string.sub
        local hosts = { \(hosts.map { "[\"\($0.name)\"] = \($0.files.lua)" }.joined(separator: ", ")) }
        local below, sites = \(sites.map { "\".\($0.domain)\", \($0.files.lua)" } ?? "nil, nil")
        certificates = {}

        -- The paths of a name's certificate and key; nil for what is no name.
        local function paths(name)
            if #name > 253 or not find(name, "^[a-z0-9-][a-z0-9.-]*%.[a-z0-9-]+$") or find(name, "..", 1, true) then
                return nil
            end
            local files = hosts[name]
            if not files and below and find(name, ".", 1, true) == #name - #below + 1 and sub(name, -#below) == below then
                files = sites
            end
            if files then return files[1], files[2] end
            local path = "\(folder)/" .. name .. ".pem"
            return path, path
        end

        local function read(path)
            local file = open(path, "rb")
            if not file then return nil end
            local text = file:read("*a")
            file:close()
            return text
        end

        local function show(pair)
            ssl.clear_certs()
            return ssl.set_cert(pair.chain) and ssl.set_priv_key(pair.key)
        end

        function certificates.show()
            local path, key_path = paths(lower(ssl.server_name() or ""))
            local text = path and read(path)
            local key_text = text and (key_path == path and text or read(key_path))
            if not key_text then return ngx.exit(ngx.ERROR) end
            local pair = known:get(path)
            if not pair or pair.text ~= text or pair.key_text ~= key_text then
                local new = {
                    text = text, key_text = key_text,
                    chain = ssl.parse_pem_cert(text), key = ssl.parse_pem_priv_key(key_text),
                }
                if new.chain and new.key and show(new) then return known:set(path, new) end
                if not known:get("told " .. path) then
                    ngx.log(ngx.CRIT, "these are no certificate and its key: ", path, ", ", key_path)
                    known:set("told " .. path, true, 60)
                end
            end
            if not pair or not show(pair) then return ngx.exit(ngx.ERROR) end
        end
        """
    }
}
