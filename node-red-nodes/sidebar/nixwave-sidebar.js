// The sidebar is the fleet page in a frame (nixwave-sidebar.html); the runtime has no part in it.
// Node-RED loads a plugin's file whole and calls nothing in this one.
export {};
