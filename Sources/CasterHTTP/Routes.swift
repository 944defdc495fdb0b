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

    router.add(middleware: IdempotencyKeys(platform: platform))

    let operators = OperatorAPI(platform: platform)
    router.get("healthz", use: operators.health)
    router.get("readyz", use: operators.readiness)
    router.get("metrics", use: operators.metrics)

    let docs = DocsAPI(platform: platform)
    router.get("", use: docs.start)
    router.get("docs", use: docs.page)
    router.get("docs.css", use: docs.style)

    let open = router.group("api/v1")
    open.get("openapi.json", use: docs.openAPI)
    let auth = AuthAPI(platform: platform)
    open.post("auth/register", use: auth.register)
    open.post("auth/login", use: auth.logIn)
    let deploy = DeployAPI(platform: platform)
    open.post("deploy", use: deploy.deployOnce)

    let owned = router.group("api/v1").add(middleware: APIKeyAuthentication(platform: platform))
    owned.get("me", use: auth.me)

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

    let files = FilesAPI(platform: platform)
    owned.get("sites/:identifier/files", use: files.list)
    owned.patch("sites/:identifier/files", use: files.patch)
    owned.get("sites/:identifier/files/content", use: files.content)

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
