"""What users write in (short forms, parameters, numbers, names, live objects), layers and their numbers out."""
