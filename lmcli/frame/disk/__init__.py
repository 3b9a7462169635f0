"""Files and folders: where lmcli keeps things, writing them whole, what to say where that fails."""
