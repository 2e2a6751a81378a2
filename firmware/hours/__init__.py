"""Opening hours, holidays and time zones: is the office open at this instant?"""
