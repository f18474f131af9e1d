"""What scripts use around their graphs: flags, logging, files, versions, switches."""
