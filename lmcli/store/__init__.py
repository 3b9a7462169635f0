"""The models on this machine: what is here, whether it is whole, how it is made."""
