"""Files of edges: tables, JSON lines, parquet, GraphML, Matrix Market."""
