"""What CfCT 2.8.4 would do with a package: what it reads in the manifest, which accounts and policies' targets it resolves, what it loses."""
