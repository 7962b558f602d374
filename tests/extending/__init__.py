"""Extensions as somebody else would write them, each in a file of its own."""
