"""Reading of what users give (short forms, parameters, numbers, names, live objects) as layers with numbers."""
