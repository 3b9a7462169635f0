"""The command tree: groups that import a command when it runs, and commands of other packages."""
