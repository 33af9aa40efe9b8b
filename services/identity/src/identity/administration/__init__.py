"""What admins do with accounts beyond changing one: many at once, files, and where somebody is logged in."""
