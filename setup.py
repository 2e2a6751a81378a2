from setuptools import setup

setup(cffi_modules=["cext/build_dsp.py:ffibuilder", "cext/isdn/build_isdn.py:ffibuilder"])
