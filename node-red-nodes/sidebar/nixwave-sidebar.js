// The sidebar lives in the editor (nixwave-sidebar.html) and talks to the fleet's node; the runtime has no part in it.
// Node-RED loads a plugin's file whole and calls nothing in this one.
export {};
