"""What users write (short forms, parameters, numbers, names, live objects), as layers and their numbers."""
