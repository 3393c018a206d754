import * as tf from '@tensorflow/tfjs';
import { SHAPES, SETTINGS } from './train-shapes.mjs';
import { initialWeights } from '../dist/src/training/pretrain.js';
import { runConfigSchema } from '../dist/src/core/run-config.js';
import { AdamW } from '../dist/src/training/adamw.js';
import { chooseBackend } from '../dist/src/training/backends.js';
import { disposeBatch, packRows, toBatch } from '../dist/src/training/batches.js';
import { forward } from '../dist/src/training/llama.js';
import { createMethod } from '../dist/src/training/method.js';
import { crossEntropy, primitives } from '../dist/src/training/ops.js';
const [backend, shape, stepsN='6'] = process.argv.slice(2);
import { parseModelConfig } from '../dist/src/training/model-config.js';
const { config: hf, rows, length } = SHAPES[shape]; const mc=parseModelConfig(hf,'x');
const config = runConfigSchema.parse({ model:'x', data:{train:'none'}, lora:{rank:8,alpha:16}, optimizer:{learningRate:1e-3}, steps:6});
await chooseBackend(backend);
const base = { config: mc, weights: initialWeights(mc,1) };
const method = createMethod(config, base);
const optimizer = new AdamW(config.optimizer);
let s=1; const token=()=>{s=(Math.imul(s,1664525)+1013904223)>>>0;return Math.floor(s/2**32*mc.vocabularySize)};
const sequences = Array.from({length:rows},()=>({ids:Array.from({length:length+1},token),from:1,bytes:length}));
let count=null;
const be=tf.backend();
if(be.binding){ const o=be.binding.executeOp.bind(be.binding);const nb=Object.create(be.binding);be.binding=nb;
 Object.defineProperty(nb,'executeOp',{value:(name,a,ids,n)=>{const c=process.cpuUsage(); const t=performance.now(); const r=o(name,a,ids,n); const d=process.cpuUsage(c); if(count){const key=name+(process.env.SHAPES?' '+r.map(x=>x.shape.join('x')).join(','):''); const e=count[key]??=[0,0,0]; e[0]++; e[1]+=(d.user+d.system)/1000; e[2]+=performance.now()-t;} return r;}});
} else {
 const names=tf.getKernelsForBackend?.('wasm')??[];
 for(const k of names){ tf.unregisterKernel(k.kernelName,'wasm'); tf.registerKernel({...k,kernelFunc:(args)=>{const c=process.cpuUsage();const r=k.kernelFunc(args);const d=process.cpuUsage(c);if(count){const e=count[k.kernelName+(process.env.SHAPES?' '+[r].flat().map(x=>x.shape.join('x')).join(','):'')]??=[0,0,0];e[0]++;e[1]+=(d.user+d.system)/1000;}return r;}});}
}
const steps=[];
for(let i=1;i<=+stepsN;i++){
 const c=process.cpuUsage();
 if(i===+stepsN)count={};
 const batch=toBatch(mc,packRows(sequences,primitives().takesLongRows));
 const layers=method.trainingLayers(i);
 const r=await method.parameters.train(()=>crossEntropy(forward(mc,layers,batch.rows),batch.targets,batch.weights),optimizer,1e-3,1);
 disposeBatch(batch);
 const d=process.cpuUsage(c); steps.push((d.user+d.system)/1000);
 if(i===1||i===+stepsN)console.log('loss',r.loss);
}
console.log('cpu ms', steps.map(x=>x.toFixed(0)).join(' '), 'rss', Math.round(process.memoryUsage().rss/2**20), 'hwm', (await import('node:fs')).readFileSync('/proc/self/status','utf8').match(/VmHWM:\s+(\d+)/)[1]/1024|0);
let tot=0,n=0; for(const [k,[c,t]] of Object.entries(count)){tot+=t;n+=c}
console.log('ops',n,'in kernels',tot.toFixed(0));
for(const [k,[c,t]] of Object.entries(count).sort((a,b)=>b[1][1]-a[1][1]).slice(0,+(process.env.TOP??18)))console.log(k.padEnd(40),c,t.toFixed(1));
