"""The commands of translation: lmcli translate ..."""
