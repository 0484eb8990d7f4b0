"""The second problem: is a mail spam?"""
