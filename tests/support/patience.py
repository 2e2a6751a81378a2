"""How long tests wait for what another thread or process owes them."""

PATIENCE_S = 100.0  # only a fault takes longer, however busy the machine; a test gives up before pytest does
