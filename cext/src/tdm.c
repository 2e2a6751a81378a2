/* TDM blocks, CRC-16/CCITT-FALSE four octets at a time. */
#include "tdm.h"

#include <string.h> /* memset */

#include "api.h"
#include "g711.h" /* ALAW_SILENCE, crc16_rows */

static size_t frames_end(int timeslots)
{
    return TDM_HEAD_OCT + (size_t)timeslots * DSP_BLOCK_SMP;
}

uint16_t tdm_crc(const uint8_t *octets, size_t n)
{
    uint32_t crc = 0xFFFF;
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        crc = (uint32_t)crc16_rows[3 * 256 + ((crc >> 8) ^ octets[i])] ^
              crc16_rows[2 * 256 + ((crc & 0xFF) ^ octets[i + 1])] ^
              crc16_rows[256 + octets[i + 2]] ^ crc16_rows[octets[i + 3]];
    for (; i < n; i++)
        crc = ((crc << 8) & 0xFFFF) ^ crc16_rows[(crc >> 8) ^ octets[i]];
    return (uint16_t)crc;
}

static uint32_t read_u16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

bool tdm_check(const uint8_t *rx, size_t n, int timeslots, struct tdm_head *out)
{
    size_t end = frames_end(timeslots);

    if (n != end + 2 || rx[0] != 0x00 || rx[1] != 0xBC || tdm_crc(rx, end) != read_u16(rx + end))
        return false;
    out->accepted_seq = (uint16_t)read_u16(rx + 2);
    out->frame_counter = read_u16(rx + 4) << 16 | read_u16(rx + 6);
    out->flags = rx[8];
    return true;
}

void tdm_clear(uint8_t *tx, int timeslots, uint16_t seq)
{
    const uint8_t head[TDM_HEAD_OCT] = {
        0x05,
        0xCB,
        (uint8_t)(seq >> 8),
        (uint8_t)seq,
        0,
        DSP_BLOCK_SMP,
        0,
        (uint8_t)timeslots,
        0,
        0,
        0,
        0,
    };

    memcpy(tx, head, sizeof head);
    memset(tx + TDM_HEAD_OCT, ALAW_SILENCE, frames_end(timeslots) - TDM_HEAD_OCT);
}

void tdm_seal(uint8_t *tx, int timeslots)
{
    size_t end = frames_end(timeslots);
    uint16_t crc = tdm_crc(tx, end);

    tx[end] = (uint8_t)(crc >> 8);
    tx[end + 1] = (uint8_t)crc;
}

void tdm_gather(const uint8_t *block, int timeslots, int timeslot, uint8_t *octets)
{
    const uint8_t *from = block + TDM_HEAD_OCT + timeslot;

    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        octets[i] = from[i * timeslots];
}

void tdm_scatter(uint8_t *block, int timeslots, int timeslot, const uint8_t *octets)
{
    uint8_t *to = block + TDM_HEAD_OCT + timeslot;

    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        to[i * timeslots] = octets[i];
}
