import Glibc

/// A program that is installed on this machine.
public enum InstalledProgram {
    /// The absolute path of a program: looked for on this process's `PATH`, then where distributions put what is for
    /// root only. Nil if it is in none of these.
    public static func path(of name: String) -> String? {
        let searched = getenv("PATH").map { String(cString: $0) } ?? ""
        let usual = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]
        let folders = searched.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + usual
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
