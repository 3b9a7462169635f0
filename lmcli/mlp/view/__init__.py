"""What people see of a network: in the terminal, and as figures."""
