import CasterCore
import CasterEdge
import Foundation
import ServiceLifecycle

/// Tells the operator, once everything answers, where it answers and what to try first.
struct Welcome: Service, CustomStringConvertible {
    let description = "welcome"
    let edge: Edge
    let address: PublicAddress

    func run() async throws {
        try await edge.waitUntilListening()
        // Not `print`, which keeps it back while the output is a file.
        FileHandle.standardOutput.write(Data(text.utf8))
        try await gracefulShutdown()
    }

    var text: String {
        let api = "\(address.consoleURL)/api/v1"
        let ssh = address.sshPort == 22 ? "" : " -p \(address.sshPort)"
        return """

            Caster is running. Ctrl-C stops it.

              API    \(api)
              SSH    ssh\(ssh) git@\(address.sshHost)
              Sites  \(address.siteURL(label: "<short id>"))

            From nothing to a live page, in another terminal:

            1. An account, and its API key:
               export CASTER_KEY=$(curl -s \(api)/auth/register -d '{"email":"you@example.com","password":"change me soon"}' | sed -E 's/.*"api_key":"([^"]*)".*/\\1/')

            2. Your SSH key (one is made if you have none):
               test -f ~/.ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; curl -s \(api)/ssh-keys -H "Authorization: Bearer $CASTER_KEY" -d "{\\"public_key\\":\\"$(cat ~/.ssh/id_ed25519.pub)\\"}"

            3. A page, pushed:
               git init -q -b main hello && cd hello && echo '<h1>Hello</h1>' > index.html && git add . && git -c user.name=you -c user.email=you@example.com commit -qm Hello && git remote add caster $(curl -s -X POST \(api)/sites -H "Authorization: Bearer $CASTER_KEY" | sed -E 's/.*"git_url":"([^"]*)".*/\\1/') && GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' git push caster main

            """
    }
}
