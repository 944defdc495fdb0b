import CasterCore
import CasterDeploy

/// The tools. Each reads its arguments, calls one use case, and says what came of it: every rule is the use case's.
struct ToolBox: Sendable {
    let platform: Platform

    /// What belongs to one call.
    struct Call: Sendable {
        let user: User
        let arguments: OrderedJSON?
        /// Is told how far it is.
        let report: @Sendable (String) async throws -> Void
    }

    enum Name: String, CaseIterable, Sendable {
        case deploySite = "deploy_site"
        case listSites = "list_sites"
        case getSite = "get_site"
        case getDeploymentLogs = "get_deployment_logs"
        case readSiteFiles = "read_site_files"
        case patchSiteFiles = "patch_site_files"
        case rollBackSite = "rollback_site"
        case renameSite = "rename_site"
        case deleteSite = "delete_site"

        /// It waits for a deployment: seconds, perhaps.
        var isSlow: Bool { self == .deploySite || self == .patchSiteFiles || self == .rollBackSite }
    }

    /// Carries a call out. A reason that the user can mend is a result; throws what is wrong inside the platform, and
    /// `CancellationError`.
    func run(_ name: Name, _ call: Call) async throws -> ToolResult {
        do {
            switch name {
            case .deploySite: return try await deploySite(call)
            case .listSites: return try await listSites(call)
            case .getSite: return try await getSite(call)
            case .getDeploymentLogs: return try await getDeploymentLogs(call)
            case .readSiteFiles: return try await readSiteFiles(call)
            case .patchSiteFiles: return try await patchSiteFiles(call)
            case .rollBackSite: return try await rollBackSite(call)
            case .renameSite: return try await renameSite(call)
            case .deleteSite: return try await deleteSite(call)
            }
        } catch let refusal as Refusal {
            return ToolResult(refusal, next: Self.next(after: refusal, of: name))
        }
    }

    /// Where the tool knows better than the refusal what to do next.
    private static func next(after refusal: Refusal, of name: Name) -> String? {
        switch (name, refusal.kind) {
        case (.patchSiteFiles, .conflict):
            "call read_site_files again, and make the changes from the commit_sha that it answers"
        case (.readSiteFiles, .notFound), (.patchSiteFiles, .notFound):
            "call list_sites to see which sites there are, or read_site_files with max_bytes 0 to see the files"
        case (.renameSite, .conflict), (.renameSite, .invalid): "choose another name, or ask the user for one"
        default: nil
        }
    }
}
