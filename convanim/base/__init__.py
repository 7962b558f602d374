"""What every part needs: errors, text from outside, options, processes, how wide letters are, and registries."""
