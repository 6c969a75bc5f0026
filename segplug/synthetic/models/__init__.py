"""Things built of flat faces and round limbs, seen by a pinhole camera."""
