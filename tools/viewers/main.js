// H5Web over one file: ?file=/log.h5&path=/samples. Without a path it opens what the file leads to.
import { App } from "@h5web/app";
import "@h5web/app/styles.css";
import { H5WasmBufferProvider } from "@h5web/h5wasm";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);
const file = asked.get("file");
const buffer = await (await fetch(file)).arrayBuffer();
createRoot(document.getElementById("root")).render(
  createElement(H5WasmBufferProvider, { filename: file.split("/").pop(), buffer },
                createElement(App, { initialPath: asked.get("path") ?? "/", sidebarOpen: true })));
