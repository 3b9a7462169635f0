"""The commands of graphs: lmcli graph ..."""
