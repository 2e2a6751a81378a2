/* The media engine: the one list of what C offers. Compiled, and read by cffi as its cdef (so: no macros, no includes).
 *
 * A tick is 10 ms = 80 samples at 8 kHz of every channel at once. A channel is a timeslot of the TDM block.
 * Samples inside are float32, 1.0 = +3.14 dBm0 (both laws); octets (A-law) only at the edges.
 * Commands go in and events come out through single-producer single-consumer rings; nothing here allocates, locks or logs.
 *
 * TDM block, both directions the same length: 12 octets of header, 80 frames of n_timeslots octets (frame-major: all
 * timeslots of the first frame, then of the second, ...), CRC-16/CCITT-FALSE (0x1021, start 0xFFFF) over all before it.
 * Numbers are big-endian.
 *   to the board    05 CB seq:u16 frames:u16 timeslots:u16 00 00 00 00
 *   from the board  00 BC seq:u16 (last accepted) frame_counter:u32 (of the first frame) flags:u8 00 irq:u16
 *   flags           1 rx overrun  2 tx underrun  4 clock not locked  8 last block to the board refused (CRC)
 */
