import CasterDeploy
import Hummingbird
import Logging

/// Every route of the HTTP front.
func routes(of platform: Platform) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: LogRequestsMiddleware(.debug))
    router.add(middleware: MetricsMiddleware())
    router.add(middleware: ErrorResponses())

    // In front of what keeps answers: its own are streams.
    let mcp = MCPAPI(platform: platform)
    let assistants = router.group("api/v1/mcp").add(middleware: OriginCheck(address: platform.address))
        .add(middleware: MCPAuthentication(platform: platform))
    assistants.get(use: mcp.get)
    assistants.post(use: mcp.post)
    assistants.delete(use: mcp.delete)

    addOAuth(to: router, platform)
    router.add(middleware: IdempotencyKeys(platform: platform))

    let operators = OperatorAPI(platform: platform)
    router.get("healthz", use: operators.health)
    router.get("readyz", use: operators.readiness)
    router.get("metrics", use: operators.metrics)

    let docs = DocsAPI(platform: platform)
    addConsole(to: router, platform, docs)

    let open = router.group("api/v1")
    open.get("openapi.json", use: docs.openAPI)
    let auth = AuthAPI(platform: platform)
    open.post("auth/register", use: auth.register)
    open.post("auth/login", use: auth.logIn)
    let deploy = DeployAPI(platform: platform)
    open.post("deploy", use: deploy.deployOnce)

    let owned = router.group("api/v1").add(middleware: APIKeyAuthentication(platform: platform))
    owned.get("me", use: auth.me)
    let account = AccountAPI(platform: platform)
    owned.post("me/password", use: account.changePassword)
    owned.post("me/delete", use: account.delete)
    let sessions = SessionsAPI(platform: platform)
    owned.get("sessions", use: sessions.list)
    owned.delete("sessions/:id", use: sessions.delete)

    let apiKeys = APIKeysAPI(platform: platform)
    owned.post("api-keys", use: apiKeys.create)
    owned.get("api-keys", use: apiKeys.list)
    owned.delete("api-keys/:id", use: apiKeys.delete)

    let keys = SSHKeysAPI(platform: platform)
    owned.post("ssh-keys", use: keys.add)
    owned.get("ssh-keys", use: keys.list)
    owned.delete("ssh-keys/:id", use: keys.delete)

    let sites = SitesAPI(platform: platform)
    owned.post("sites", use: sites.create)
    owned.get("sites", use: sites.list)
    owned.get("sites/:identifier", use: sites.get)
    owned.patch("sites/:identifier", use: sites.rename)
    owned.delete("sites/:identifier", use: sites.delete)
    owned.get("sites/:identifier/logs", use: sites.logs)

    owned.get("sites/:identifier/traffic", use: TrafficAPI(platform: platform).get)
    let container = ContainerAPI(platform: platform)
    owned.post("sites/:identifier/container/wake", use: container.wake)
    owned.post("sites/:identifier/container/stop", use: container.stop)

    let files = FilesAPI(platform: platform)
    owned.get("sites/:identifier/files", use: files.list)
    owned.patch("sites/:identifier/files", use: files.patch)
    owned.get("sites/:identifier/files/content", use: files.content)

    let domains = DomainsAPI(platform: platform)
    owned.post("sites/:identifier/domains", use: domains.add)
    owned.get("sites/:identifier/domains", use: domains.list)
    owned.get("sites/:identifier/domains/:domain", use: domains.get)
    owned.patch("sites/:identifier/domains/:domain", use: domains.change)
    owned.delete("sites/:identifier/domains/:domain", use: domains.delete)
    owned.post("sites/:identifier/domains/:domain/check", use: domains.check)

    owned.post("sites/:identifier/paste", use: deploy.paste)
    owned.post("sites/:identifier/deploy", use: deploy.upload)
    owned.post("claim", use: deploy.claim)

    let deployments = DeploymentsAPI(platform: platform)
    owned.get("sites/:identifier/deployments", use: deployments.list)
    owned.get("sites/:identifier/deployments/:id", use: deployments.get)
    owned.get("sites/:identifier/deployments/:id/logs", use: deployments.logs)
    owned.post("sites/:identifier/deployments/:id/rollback", use: deploy.rollBack)
    router.add(middleware: UnknownRoutes(router.routes))
    return router
}

/// Every route of the console: pages, and the forms on them.
private func addConsole(to router: Router<APIContext>, _ platform: Platform, _ docs: DocsAPI) {
    router.get("assets/:name", use: Assets.shared.get)

    let forms = Forms(platform: platform)
    let open = router.group().add(middleware: Browsers(platform: platform)).add(middleware: ErrorResponses())
        .add(middleware: CrossSiteRequests())
    open.get("docs", use: docs.page)
    open.get("", use: HomePage(platform: platform).show)
    let deploys = DeployForms(platform: platform)
    open.post("deploy", use: deploys.deployNew)
    let sign = SignPages(platform: platform)
    open.get("sign-in", use: sign.signInPage)
    open.post("sign-in", use: forms.taking(sign.signIn))
    open.get("sign-up", use: sign.signUpPage)
    open.post("sign-up", use: forms.taking(sign.signUp))
    open.post("sign-out", use: forms.taking(sign.signOut))
    let claim = ClaimPage(platform: platform)
    open.get("claim", use: claim.show)

    let owned = open.group().add(middleware: SignInRequired())
    owned.post("claim", use: forms.taking(claim.claim))
    let sites = SitesPage(platform: platform)
    owned.get("sites", use: sites.list)
    owned.post("sites", use: forms.taking(sites.create))
    let site = SitePage(platform: platform)
    owned.get("sites/:identifier", use: site.show)
    owned.get("sites/:identifier/events", use: site.events)
    owned.post("sites/:identifier/rename", use: forms.taking(site.rename))
    owned.post("sites/:identifier/delete", use: forms.taking(site.delete))
    owned.post("sites/:identifier/deploy", use: deploys.deploy)
    owned.post("sites/:identifier/container/wake", use: forms.taking(site.wakeContainer))
    owned.post("sites/:identifier/container/stop", use: forms.taking(site.stopContainer))
    owned.get("sites/:identifier/output", use: site.output)
    owned.get("sites/:identifier/output/events", use: SitesAPI(platform: platform).logs)
    let domains = DomainsPage(platform: platform)
    owned.get("sites/:identifier/domains", use: domains.list)
    owned.post("sites/:identifier/domains", use: forms.taking(domains.add))
    owned.post("sites/:identifier/domains/:domain/check", use: forms.taking(domains.check))
    owned.post("sites/:identifier/domains/:domain/primary", use: forms.taking(domains.setPrimary))
    owned.post("sites/:identifier/domains/:domain/delete", use: forms.taking(domains.delete))
    let files = FilesPage(platform: platform)
    owned.get("sites/:identifier/files", use: files.list)
    owned.get("sites/:identifier/file", use: files.show)
    owned.post("sites/:identifier/file", use: forms.taking(files.save))
    let deployment = DeploymentPage(platform: platform)
    owned.get("sites/:identifier/deployments/:id", use: deployment.show)
    owned.get("sites/:identifier/deployments/:id/log.txt", use: deployment.download)
    owned.get("sites/:identifier/deployments/:id/events", use: DeploymentsAPI(platform: platform).logs)
    owned.post("sites/:identifier/deployments/:id/rollback", use: forms.taking(site.rollBack))

    let account = AccountPage(platform: platform)
    owned.get("account", use: account.show)
    owned.post("account/api-keys", use: forms.taking(account.addAPIKey))
    owned.post("account/api-keys/:id/delete", use: forms.taking(account.deleteAPIKey))
    owned.post("account/ssh-keys", use: forms.taking(account.addSSHKey))
    owned.post("account/ssh-keys/:id/delete", use: forms.taking(account.deleteSSHKey))
    owned.post("account/sessions/:id/delete", use: forms.taking(account.endSession))
    owned.post("account/sessions/delete-others", use: forms.taking(account.endOtherSessions))
    owned.post("account/password", use: forms.taking(account.changePassword))
    owned.post("account/delete", use: forms.taking(account.deleteAccount))
}

/// Every route of OAuth: what programs call, and the page on which a person says yes.
private func addOAuth(to router: Router<APIContext>, _ platform: Platform) {
    let metadata = OAuthMetadata(platform: platform)
    router.get(".well-known/oauth-protected-resource", use: metadata.resource)
    router.get(".well-known/oauth-protected-resource/api/v1/mcp", use: metadata.resource)
    router.get(".well-known/oauth-authorization-server", use: metadata.server)

    let api = OAuthAPI(platform: platform)
    let programs = router.group("oauth").add(middleware: OAuthErrors())
    programs.post("token", use: api.token)
    programs.post("register", use: api.register)
    programs.post("revoke", use: api.revoke)

    let clients = OAuthClients(platform: platform)
    let page = AuthorizationPage(platform: platform, clients: clients, api: api)
    let people = router.group("oauth").add(middleware: Browsers(platform: platform)).add(middleware: ErrorResponses())
        .add(middleware: CrossSiteRequests())
    people.get("authorize", use: page.show)
    people.add(middleware: SignInRequired()).post("authorize", use: Forms(platform: platform).taking(page.decide))
}
