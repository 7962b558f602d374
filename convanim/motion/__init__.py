"""Steps in time: a plan's moments in, with what lies between two of them; and the cells that can be pointed at."""
