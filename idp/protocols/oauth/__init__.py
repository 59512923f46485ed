"""OAuth vocabulary: errors, parameters, the wire's values. Framework-free; doors share it."""
