"""Use cases of the slice: `writing` changes sessions and keeps their cards current, `reading` finds and lists them."""
