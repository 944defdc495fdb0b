// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own targets; dependencies are built as they are.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "caster",
    products: [
        .executable(name: "caster", targets: ["caster"]),
        .executable(name: "caster-hook", targets: ["caster-hook"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: module maps, and at most a header of inline shims.
        .systemLibrary(name: "CLibssh", pkgConfig: "libssh", providers: [.apt(["libssh-dev"])]),
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CIdn2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CLibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),

        // The layers. Arrows point down only.
        .target(name: "CasterCore", dependencies: ["CIdn2", "CSodium"], swiftSettings: strict),
        .target(name: "CasterProcess", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "CasterMetrics", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict),
        .target(name: "CasterControl", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "CasterStore",
            dependencies: ["CasterCore", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "CasterGit",
            dependencies: ["CasterCore", "CLibgit2", "CLinux"],
            swiftSettings: strict),
        .target(name: "CasterArchive", dependencies: ["CasterCore", "CLibarchive", "CZlib"], swiftSettings: strict),
        .target(
            name: "CasterEdge",
            dependencies: [
                "CasterCore", "CasterProcess", "CLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "CasterEngine",
            dependencies: [
                "CasterCore", "CasterProcess",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "CasterDeploy",
            dependencies: [
                "CasterArchive", "CasterCore", "CasterControl", "CasterStore", "CasterGit", "CasterEdge",
                "CasterEngine", "CasterMetrics", "CasterProcess", "CLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "CasterSSH",
            dependencies: [
                "CasterCore", "CasterControl", "CasterDeploy", "CasterProcess", "CLibssh", "CLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "CasterHTTP",
            dependencies: [
                "CasterCore", "CasterDeploy",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "_NIOFileSystem", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            // Part of the executable, so that it stays one file.
            resources: [
                .embedInCode("OpenAPI/openapi.json"), .embedInCode("MCP/tools.json"), .embedInCode("Pages"),
            ],
            swiftSettings: strict),

        // The executables.
        .executableTarget(
            name: "caster",
            dependencies: [
                "CasterCore", "CasterControl", "CasterStore", "CasterGit", "CasterEdge", "CasterDeploy",
                "CasterEngine", "CasterSSH", "CasterHTTP", "CasterMetrics", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "caster-hook", dependencies: ["CasterControl"], swiftSettings: strict),

        .testTarget(name: "CasterCoreTests", dependencies: ["CasterCore"], swiftSettings: strict),
        .testTarget(name: "CasterEngineTests", dependencies: ["CasterEngine"], swiftSettings: strict),
        .testTarget(
            name: "CasterArchiveTests", dependencies: ["CasterCore", "CasterArchive"], exclude: ["Scripts"],
            swiftSettings: strict),
        .testTarget(
            name: "CasterHTTPTests",
            dependencies: [
                "CasterCore", "CasterDeploy", "CasterHTTP",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CasterEdgeTests",
            dependencies: [
                "CasterCore", "CasterEdge", "CasterProcess",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CasterStoreTests", dependencies: ["CasterCore", "CasterStore"], swiftSettings: strict),
        .testTarget(
            name: "CasterGitTests", dependencies: ["CasterCore", "CasterGit", "CasterProcess"], swiftSettings: strict),
        // The real thing, started beside the test bundle and driven with git, ssh, curl and nginx.
        .testTarget(
            name: "EndToEnd", dependencies: ["CasterProcess"], exclude: ["Scripts"], swiftSettings: strict),
    ]
)
