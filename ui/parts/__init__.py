"""ui.parts"""
