#![no_main]
causeway_fuzz::target!(causeway_outside::store);
