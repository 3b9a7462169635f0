"""What people see of a graph: tables, the terminal, figures."""
