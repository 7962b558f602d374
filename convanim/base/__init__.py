"""What every part needs: errors, text from outside, options, processes, and how wide letters are."""
