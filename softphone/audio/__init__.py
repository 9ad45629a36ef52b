"""Voice inside the phone: frames, mixing, level, and who hears whom."""
