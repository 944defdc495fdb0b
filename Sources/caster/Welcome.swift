import CasterCore
import CasterDeploy
import CasterEdge
import Foundation
import ServiceLifecycle

/// Tells the operator, once everything answers, where it answers and what to try first.
struct Welcome: Service, CustomStringConvertible {
    let description = "welcome"
    let edge: Edge
    let platform: Platform

    func run() async throws {
        try await edge.waitUntilListening()
        let text = text(isFirst: try await !platform.hasAccounts())
        // Not `print`, which keeps it back while the output is a file.
        FileHandle.standardOutput.write(Data(text.utf8))
        try await gracefulShutdown()
    }

    /// - Parameter isFirst: nobody has an account yet.
    private func text(isFirst: Bool) -> String {
        let address = platform.address
        let api = "\(address.consoleURL)/api/v1"
        let account =
            isFirst
            ? """
            1. An account, and its API key:
               export CASTER_KEY=$(curl -s \(api)/auth/register -d '{"email":"you@example.com","password":"change me soon"}' | sed -nE 's/.*"api_key":"([^"]*)".*/\\1/p')
            """
            : """
            1. The API key of your account (sign in at \(address.consoleURL)/account to make one):
               read -rsp 'API key: ' CASTER_KEY; export CASTER_KEY
            """
        return """

            Caster is running. Ctrl-C stops it.

              Console \(address.consoleURL)
              API     \(api)
              SSH     \(address.sshCommand)
              Sites   \(address.siteURL(label: "<short id>"))

            From nothing to a live page, in another terminal:

            \(account)

            2. Your SSH key (one is made if you have none):
               test -f ~/.ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; curl -s \(api)/ssh-keys -H "Authorization: Bearer $CASTER_KEY" -d "{\\"public_key\\":\\"$(cat ~/.ssh/id_ed25519.pub)\\"}"

            3. A page, pushed:
               git init -q -b main hello && cd hello && echo '<h1>Hello</h1>' > index.html && git add . && git -c user.name=you -c user.email=you@example.com commit -qm Hello && git remote add caster $(curl -s -X POST \(api)/sites -H "Authorization: Bearer $CASTER_KEY" | sed -E 's/.*"git_url":"([^"]*)".*/\\1/') && GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' git push caster main

            """
    }
}
