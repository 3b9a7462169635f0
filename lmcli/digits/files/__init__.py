"""Files of digits: idx, csv, folders, and where MNIST and Fashion-MNIST come from."""
