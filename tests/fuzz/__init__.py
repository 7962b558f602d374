"""Commands, calls and pasted texts at random: each ends well, or in one sentence that says why not."""
