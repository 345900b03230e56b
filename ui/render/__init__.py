"""ui.render"""
