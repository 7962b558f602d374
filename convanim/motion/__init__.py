"""A plan's moments in, what lies between two of them and when each shows out; and the cells to point at."""
