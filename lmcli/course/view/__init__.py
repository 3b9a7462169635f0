"""How lessons look in a terminal."""
