#![no_main]
causeway_fuzz::target!(causeway_outside::xdome_page);
