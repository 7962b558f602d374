"""When each step shows, the motion between two steps, and the cells that can be pointed at."""
