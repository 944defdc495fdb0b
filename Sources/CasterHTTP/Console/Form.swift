import CasterCore
import CasterDeploy
import Hummingbird
import NIOCore

/// The fields of a form that a page of the console sent (`application/x-www-form-urlencoded`, WHATWG URL §5.1). There
/// is no way to one but `Forms`, which has compared its token.
struct Form: Sendable {
    private let fields: [String: String]

    fileprivate init(_ fields: [String: String]) { self.fields = fields }

    /// The field's text, or an empty one.
    subscript(_ name: String) -> String { fields[name] ?? "" }

    /// Where the browser goes on to.
    var next: NextPath { NextPath(self["next"]) ?? .start }

    /// Of fields with the same name, the last counts.
    static func fields(of body: some Collection<UInt8>) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields[decoded(parts[0])] = parts.count == 2 ? decoded(parts[1]) : ""
        }
        return fields
    }

    private static func decoded(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                result.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(code)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// What stands between the routes of the console and what takes their forms.
struct Forms: Sendable {
    let platform: Platform

    /// The name of the field with the token.
    static let tokenField = "form_token"

    /// A route that hands on forms of at most `CASTER_REQUEST_BYTES`, and refuses those without the browser's token.
    func taking<Answer: ResponseGenerator>(
        _ handle: @escaping @Sendable (Form, Request, APIContext) async throws -> Answer
    ) -> @Sendable (Request, APIContext) async throws -> Answer {
        { [platform] request, context in
            let form = try await Self.form(of: request, context: context, limit: platform.limits.requestBytes)
            return try await handle(form, request, context)
        }
    }

    private static func form(of request: Request, context: APIContext, limit: Int) async throws -> Form {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw RequestProblem.mediaType(request, mediaType: "application/x-www-form-urlencoded")
        }
        let body = try await request.collected(limit: limit, setting: "CASTER_REQUEST_BYTES")
        let fields = Form.fields(of: body.readableBytesView)
        guard context.browser?.accepts(formToken: fields[tokenField]) == true else { throw RequestProblem.foreignForm }
        return Form(fields)
    }
}
