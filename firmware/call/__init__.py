"""The call machine: joins legs, menus and queues into the road a call takes. Pure."""
