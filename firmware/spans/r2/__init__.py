"""MFC/R2: signalling bits and tone pairs of a channel of an E1, ITU-T Q.400 to Q.490 and China No. 1."""
