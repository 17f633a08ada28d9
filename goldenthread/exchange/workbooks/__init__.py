"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) as tables."""
